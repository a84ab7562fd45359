package dev.drover.hub.verify;

import dev.drover.crypto.DurableFiles;
import dev.drover.tlog.TileId;
import dev.drover.tlog.TileSource;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import javax.net.ssl.SSLContext;

/** Where the parts of a log are read from: a hub, or a folder of files with the same names. */
public final class Tiles {
  /** Largest part of a log: a bundle of 256 entries of 64 KiB. */
  static final int PART_BYTES_MAX = 17 << 20;

  /** Path of the checkpoint. */
  static final String CHECKPOINT = "checkpoint";

  private static final Duration TIMEOUT = Duration.ofSeconds(30);

  private Tiles() {}

  /** Reads parts of a log by their path, such as {@code checkpoint} or {@code tile/0/000}. */
  @FunctionalInterface
  public interface Parts {
    /** Returns the bytes, or empty if they are not served. */
    Optional<byte[]> read(String path);

    /** Returns the checkpoint. */
    default byte[] checkpoint() {
      return read(CHECKPOINT)
          .orElseThrow(
              () -> new DroverException(ErrorCode.NOT_FOUND, "The log has no checkpoint yet."));
    }

    /** Returns entries and tiles as the verifier reads them. */
    default TileSource source() {
      return (TileId id) -> read(id.path());
    }
  }

  /**
   * Returns the parts that a hub serves.
   *
   * @param address host:port
   * @param tls with an operator's certificate
   */
  public static Parts ofHub(String address, SSLContext tls) {
    HttpClient http =
        HttpClient.newBuilder().sslContext(tls).connectTimeout(Duration.ofSeconds(10)).build();
    return path -> get(http, URI.create("https://" + address + "/log/" + path));
  }

  private static Optional<byte[]> get(HttpClient http, URI uri) {
    try {
      HttpResponse<byte[]> answer =
          http.send(
              HttpRequest.newBuilder(uri).timeout(TIMEOUT).build(),
              HttpResponse.BodyHandlers.ofByteArray());
      return switch (answer.statusCode()) {
        case 200 -> Optional.of(answer.body());
        case 404 -> Optional.empty();
        default ->
            throw new DroverException(
                answer.statusCode() == 401 ? ErrorCode.UNAUTHENTICATED : ErrorCode.UNAVAILABLE,
                "The hub answered " + answer.statusCode() + " for " + uri.getPath() + ".");
      };
    } catch (IOException broken) {
      throw new DroverException(ErrorCode.UNAVAILABLE, "The hub does not answer.", broken);
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
      throw new DroverException(ErrorCode.CANCELLED, "The check was interrupted.", stopped);
    }
  }

  /** Returns the parts in a folder that a {@link LogCopy} wrote. */
  public static Parts ofDirectory(Path directory) {
    if (!Files.isRegularFile(directory.resolve(CHECKPOINT))) {
      throw new DroverException(
              ErrorCode.NOT_FOUND, "There is no copy of a log in " + directory + ".")
          .withNextStep("Make one: drover audit verify --copy DIR");
    }
    return path -> DurableFiles.readBounded(directory.resolve(path), PART_BYTES_MAX);
  }
}
