package dev.drover.release;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import dev.drover.wire.Ids;
import dev.drover.wire.Limits;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The signed content list of a release: what it installs, what it needs and what may be asked of
 * it.
 *
 * <p>The bytes are a TUF target; they travel as one chunk named by their SHA-256. Immutable.
 *
 * @param name release name, an identifier
 * @param version of the release, an identifier
 * @param releaseCounter grows with each release of this name
 * @param system the system prompt, may be empty
 * @param contextTokens context that the model is loaded with, 0 without a model
 * @param artifacts files, at most one of kind model
 * @param requirements what a device must have
 * @param questions what jobs may ask
 * @param evalSuite golden prompts that a device puts to the model when it tries the release
 */
public record ReleaseManifest(
    String name,
    String version,
    long releaseCounter,
    String system,
    int contextTokens,
    List<Artifact> artifacts,
    Requirements requirements,
    List<Question> questions,
    List<GoldenPrompt> evalSuite) {
  /** First field of every manifest. */
  public static final String FORMAT = "drover-release/1";

  private static final int ARTIFACTS_MAX = 16;
  private static final int DEPTH_MAX = 16;
  private static final JsonMapper JSON = mapper();

  /** Copies the lists. */
  public ReleaseManifest {
    artifacts = List.copyOf(artifacts);
    questions = List.copyOf(questions);
    evalSuite = List.copyOf(evalSuite);
  }

  private static JsonMapper mapper() {
    JsonMapper mapper =
        JsonMapper.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build();
    mapper
        .getFactory()
        .setStreamReadConstraints(
            StreamReadConstraints.builder().maxNestingDepth(DEPTH_MAX).build());
    return mapper;
  }

  /**
   * Reads an authenticated manifest.
   *
   * @throws DroverException with {@link ErrorCode#MESSAGE_MALFORMED}, {@link
   *     ErrorCode#LIMIT_EXCEEDED} or {@link ErrorCode#SCHEMA_NOT_ALLOWED}
   */
  public static ReleaseManifest parse(byte[] bytes) {
    Limits.check("The manifest's size", bytes.length, Limits.MANIFEST_BYTES_MAX);
    JsonNode node;
    try {
      node = JSON.readTree(bytes);
    } catch (IOException broken) {
      throw new DroverException(
          ErrorCode.MESSAGE_MALFORMED, "The manifest is not JSON as expected.", broken);
    }
    if (node == null || !FORMAT.equals(node.path("format").asText())) {
      throw new DroverException(
          ErrorCode.MESSAGE_MALFORMED, "The manifest is not of format " + FORMAT + ".");
    }
    List<Artifact> artifacts = new ArrayList<>();
    node.path("artifacts").forEach(artifact -> artifacts.add(Artifact.parse(artifact)));
    List<Question> questions = new ArrayList<>();
    node.path("questions").forEach(question -> questions.add(Question.parse(question)));
    List<GoldenPrompt> evalSuite = new ArrayList<>();
    node.path("evalSuite").forEach(golden -> evalSuite.add(GoldenPrompt.parse(golden)));
    ReleaseManifest manifest =
        new ReleaseManifest(
            Ids.requireReference("release name", node.path("name").asText()),
            Ids.requireReference("release version", node.path("version").asText()),
            node.path("releaseCounter").asLong(),
            node.path("system").asText(),
            node.path("contextTokens").asInt(),
            artifacts,
            Requirements.parse(node.path("requirements")),
            questions,
            evalSuite);
    manifest.validate();
    return manifest;
  }

  private void validate() {
    Limits.check("The number of questions", questions.size(), Limits.QUESTIONS_MAX);
    Limits.check("The number of golden prompts", evalSuite.size(), Limits.GOLDEN_PROMPTS_MAX);
    Limits.check("The number of artifacts", artifacts.size(), ARTIFACTS_MAX);
    Limits.check("The system prompt's length", system.length(), Limits.TEMPLATE_CHARS_MAX);
    if (releaseCounter < 1) {
      throw malformed("releaseCounter is at least 1");
    }
    Set<String> names = new HashSet<>();
    artifacts.forEach(artifact -> names.add(artifact.name()));
    Set<String> ids = new HashSet<>();
    questions.forEach(question -> ids.add(question.id()));
    Set<String> golden = new HashSet<>();
    evalSuite.forEach(prompt -> golden.add(prompt.id()));
    if (names.size() != artifacts.size()
        || ids.size() != questions.size()
        || golden.size() != evalSuite.size()) {
      throw malformed("artifact names, question ids and golden prompt ids are unique");
    }
    long models = artifacts.stream().filter(a -> a.kind() == Artifact.Kind.MODEL).count();
    if (models > 1 || (models == 1 && (contextTokens < 64 || contextTokens > 1 << 20))) {
      throw malformed("there is at most one model, with contextTokens of 64 to 1048576");
    }
  }

  private static DroverException malformed(String rule) {
    return new DroverException(ErrorCode.MESSAGE_MALFORMED, "In a manifest, " + rule + ".");
  }

  /** Returns {@code name/version}, by which people call the release. */
  public String label() {
    return name + "/" + version;
  }

  /** Returns the path of the manifest among the TUF targets. */
  public String targetPath() {
    return targetPath(label());
  }

  /** Returns where the manifest of a release lies among the targets, by its {@link #label}. */
  public static String targetPath(String label) {
    return "releases/" + label + "/manifest.json";
  }

  /** Returns the model, if the release has one. */
  public Optional<Artifact> model() {
    return artifacts.stream().filter(a -> a.kind() == Artifact.Kind.MODEL).findFirst();
  }

  /** Returns the question with this id. */
  public Optional<Question> question(String id) {
    return questions.stream().filter(question -> question.id().equals(id)).findFirst();
  }

  /**
   * Writes a manifest from a publisher's draft: the fields that a person writes, with the artifacts
   * and the format filled in.
   *
   * @param draft a JSON object with name, version, releaseCounter, system, contextTokens,
   *     requirements, questions and evalSuite
   * @param artifacts as measured from the files
   * @return bytes that {@link #parse} accepts
   */
  public static byte[] write(JsonNode draft, List<Artifact> artifacts) {
    ObjectNode node = JSON.createObjectNode();
    node.put("format", FORMAT);
    draft.properties().forEach(entry -> node.set(entry.getKey(), entry.getValue()));
    ArrayNode list = node.putArray("artifacts");
    for (Artifact artifact : artifacts) {
      ObjectNode item = list.addObject();
      item.put("name", artifact.name());
      item.put("kind", artifact.kind() == Artifact.Kind.MODEL ? "model" : "file");
      item.put("sha256", artifact.sha256());
      item.put("length", artifact.length());
      ArrayNode table = item.putArray("chunkTable");
      artifact.tableSha256s().forEach(table::add);
    }
    try {
      byte[] bytes =
          JSON.writerWithDefaultPrettyPrinter()
              .writeValueAsString(node)
              .getBytes(StandardCharsets.UTF_8);
      parse(bytes);
      return bytes;
    } catch (JsonProcessingException impossible) {
      throw new IllegalStateException(impossible);
    }
  }
}
