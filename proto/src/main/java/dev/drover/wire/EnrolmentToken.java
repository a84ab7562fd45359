package dev.drover.wire;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Pattern;

/**
 * What an operator hands to the owner of a device, as text: where the hub is, by what it is
 * recognised, and a secret that works once.
 *
 * <p>The text is {@code drover1.} and the base64url form, without padding, of a JSON object with
 * {@code hubs}, {@code ca}, {@code root}, {@code id}, {@code secret}, {@code device} and {@code
 * tenant}. Immutable; {@link #toString} shows no secret.
 *
 * @param hubs where the hub listens, {@code host:port} each, 1 to 16
 * @param caSha256 SHA-256 of the CA certificate's DER bytes, 64 hexadecimal digits
 * @param rootSha256 SHA-256 of the release root's first version, 64 hexadecimal digits or empty
 * @param id names the token, 16 bytes; not to be changed
 * @param secret 32 bytes; not to be changed
 * @param device the name that the device will have
 * @param tenant whose fleet it joins
 */
public record EnrolmentToken(
    List<String> hubs,
    String caSha256,
    String rootSha256,
    byte[] id,
    byte[] secret,
    String device,
    String tenant) {
  /** Length of {@link #id} in bytes. */
  public static final int ID_BYTES = 16;

  /** Length of {@link #secret} in bytes. */
  public static final int SECRET_BYTES = 32;

  private static final String PREFIX = "drover1.";
  private static final int TEXT_CHARS_MAX = 16 * 1024;
  private static final int HUBS_MAX = 16;
  private static final Pattern ADDRESS =
      Pattern.compile("(\\[[0-9A-Fa-f:.]{2,45}\\]|[A-Za-z0-9.-]{1,253}):[0-9]{1,5}");
  private static final Pattern SHA256 = Pattern.compile("[0-9a-f]{64}");
  private static final HexFormat HEX = HexFormat.of();
  private static final JsonMapper JSON = mapper();

  /** Checks every part. */
  public EnrolmentToken {
    hubs = List.copyOf(hubs);
    require(!hubs.isEmpty() && hubs.size() <= HUBS_MAX, "1 to 16 hub addresses");
    for (String hub : hubs) {
      require(ADDRESS.matcher(hub).matches(), "hub addresses of the form host:port");
    }
    require(SHA256.matcher(caSha256).matches(), "the hash of a CA");
    require(rootSha256.isEmpty() || SHA256.matcher(rootSha256).matches(), "a hash as root");
    require(id.length == ID_BYTES && secret.length == SECRET_BYTES, "an id and a secret");
    require(Ids.isDevice(device) && Ids.isId(tenant), "the names of a device and a tenant");
  }

  private static JsonMapper mapper() {
    JsonMapper mapper =
        JsonMapper.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build();
    mapper
        .getFactory()
        .setStreamReadConstraints(StreamReadConstraints.builder().maxNestingDepth(4).build());
    return mapper;
  }

  /**
   * Reads a token.
   *
   * @param text with or without white space around it
   * @throws DroverException {@link ErrorCode#TOKEN_INVALID}
   */
  public static EnrolmentToken parse(String text) {
    String trimmed = text.strip();
    require(trimmed.length() <= TEXT_CHARS_MAX, "at most 16 KiB");
    require(trimmed.startsWith(PREFIX), "the prefix `" + PREFIX + "`");
    try {
      byte[] bytes = Base64.getUrlDecoder().decode(trimmed.substring(PREFIX.length()));
      JsonNode node = JSON.readTree(bytes);
      require(node != null && node.isObject(), "a JSON object");
      List<String> hubs = new ArrayList<>();
      node.path("hubs").forEach(hub -> hubs.add(hub.asText()));
      return new EnrolmentToken(
          hubs,
          node.path("ca").asText(),
          node.path("root").asText(),
          HEX.parseHex(node.path("id").asText()),
          HEX.parseHex(node.path("secret").asText()),
          node.path("device").asText(),
          node.path("tenant").asText());
    } catch (IOException | IllegalArgumentException broken) {
      // The cause may quote the text, and with it the secret.
      throw invalid("readable content");
    }
  }

  /** Returns the token as one line of text. */
  public String format() {
    ObjectNode node = JSON.createObjectNode();
    hubs.forEach(node.putArray("hubs")::add);
    node.put("ca", caSha256).put("root", rootSha256);
    node.put("id", HEX.formatHex(id)).put("secret", HEX.formatHex(secret));
    node.put("device", device).put("tenant", tenant);
    try {
      byte[] json = JSON.writeValueAsString(node).getBytes(StandardCharsets.UTF_8);
      return PREFIX + Base64.getUrlEncoder().withoutPadding().encodeToString(json);
    } catch (JsonProcessingException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  /** Returns the device's name only. */
  @Override
  public String toString() {
    return "EnrolmentToken[" + device + "]";
  }

  private static void require(boolean holds, String what) {
    if (!holds) {
      throw invalid(what);
    }
  }

  private static DroverException invalid(String what) {
    return new DroverException(
        ErrorCode.TOKEN_INVALID, "The text is no enrolment token: it lacks " + what + ".");
  }
}
