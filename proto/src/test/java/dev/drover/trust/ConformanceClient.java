package dev.drover.trust;

import dev.drover.crypto.DurableFiles;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The command line that the public suite theupdateframework/tuf-conformance drives ({@code
 * CLIENT-CLI.md}): {@code init}, {@code refresh} and {@code download} over HTTP. Exits with 0 or 1.
 * Not part of the product.
 *
 * <p>To run the suite, make a script that starts this class with the test class path of this module
 * (a JVM with {@code -XX:TieredStopAtLevel=1} starts fast enough), and in a copy of the suite:
 * {@code pytest tuf_conformance --entrypoint <script>}. No failure is expected.
 */
final class ConformanceClient {
  private static final int TARGET_BYTES_MAX = 64 << 20;

  private final HttpClient http = HttpClient.newHttpClient();
  private final Map<String, List<String>> options = new HashMap<>();

  private ConformanceClient() {}

  /** Runs one command. */
  public static void main(String[] args) {
    try {
      new ConformanceClient().run(new ArrayList<>(Arrays.asList(args)));
    } catch (DroverException | IOException e) {
      System.err.println(e);
      System.exit(1);
    }
  }

  private void run(List<String> args) throws IOException {
    while (!args.isEmpty() && args.get(0).startsWith("--")) {
      options.computeIfAbsent(args.remove(0), name -> new ArrayList<>()).add(args.remove(0));
    }
    String command = args.isEmpty() ? "" : args.get(0);
    TrustStore store = new FileTrustStore(Path.of(option("--metadata-dir")));
    TufClient client = new TufClient(this::fetchMetadata, store, TrustOptions.LENIENT);
    switch (command) {
      case "init" -> client.trustInitialRoot(Files.readAllBytes(Path.of(args.get(1))));
      case "refresh" -> client.refresh(Clock.systemUTC().instant());
      case "download" -> download(client.refresh(Clock.systemUTC().instant()));
      default -> throw new DroverException(ErrorCode.INVALID_ARGUMENT, "unknown command");
    }
  }

  private void download(TrustedRepository trusted) throws IOException {
    for (String name : options.getOrDefault("--target-name", List.of())) {
      TargetInfo target =
          trusted
              .find(name)
              .orElseThrow(() -> new DroverException(ErrorCode.NOT_FOUND, "no such target"));
      Path file = Path.of(option("--target-dir")).resolve(RoleVersion.encode(name));
      if (!isThere(target, file)) {
        fetchTarget(target, file);
      }
    }
  }

  private static boolean isThere(TargetInfo target, Path file) {
    try {
      Optional<byte[]> present = DurableFiles.readBounded(file, TARGET_BYTES_MAX);
      present.ifPresent(target::verify);
      return present.isPresent();
    } catch (DroverException other) {
      return false;
    }
  }

  private void fetchTarget(TargetInfo target, Path file) throws IOException {
    target.newVerifier();
    int slash = target.path().lastIndexOf('/') + 1;
    String hash = target.hashes().values().iterator().next();
    String path = target.path().substring(0, slash) + hash + "." + target.path().substring(slash);
    String encoded =
        String.join("/", Arrays.stream(path.split("/", -1)).map(RoleVersion::encode).toList());
    int bytesMax = (int) Math.min(target.lengthBytes(), TARGET_BYTES_MAX);
    byte[] content =
        fetch(option("--target-base-url") + encoded, bytesMax)
            .orElseThrow(() -> new DroverException(ErrorCode.UNAVAILABLE, "target is not there"));
    target.verify(content);
    Path temporary = Files.createTempFile("target", ".part");
    Files.write(temporary, content);
    Files.createDirectories(file.toAbsolutePath().getParent());
    Files.move(temporary, file, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
  }

  private Optional<byte[]> fetchMetadata(RoleVersion name, int bytesMax) {
    String version = name.version() == RoleVersion.LATEST ? "" : name.version() + ".";
    return fetch(option("--metadata-url") + version + name.encodedRole() + ".json", bytesMax);
  }

  private Optional<byte[]> fetch(String url, int bytesMax) {
    try {
      HttpResponse<InputStream> response =
          http.send(
              HttpRequest.newBuilder(URI.create(url)).build(),
              HttpResponse.BodyHandlers.ofInputStream());
      try (InputStream body = response.body()) {
        if (response.statusCode() == 404 || response.statusCode() == 403) {
          return Optional.empty();
        }
        if (response.statusCode() != 200) {
          throw new DroverException(ErrorCode.UNAVAILABLE, "status " + response.statusCode());
        }
        byte[] content = body.readNBytes(bytesMax + 1);
        if (content.length > bytesMax) {
          throw new DroverException(ErrorCode.LIMIT_EXCEEDED, "more bytes than asked for");
        }
        return Optional.of(content);
      }
    } catch (IOException e) {
      throw new DroverException(ErrorCode.UNAVAILABLE, "the server does not answer", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new DroverException(ErrorCode.CANCELLED, "interrupted", e);
    }
  }

  private String option(String name) {
    List<String> values = options.get(name);
    if (values == null) {
      throw new DroverException(ErrorCode.INVALID_ARGUMENT, name + " is missing");
    }
    return values.get(0);
  }
}
