package dev.drover.agent.models;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;

/** Copies from a file of this machine. */
final class LocalFetcher implements Fetcher<ModelSource.Local> {
  private static final int BUFFER_BYTES = 1 << 20;

  @Override
  public void fetch(ModelSource.Local source, PartialFile into) throws IOException {
    if (!Files.isRegularFile(source.file()) || !Files.isReadable(source.file())) {
      throw new IOException("there is no readable file");
    }
    long bytes = Files.size(source.file());
    if (bytes != into.expectedBytes()) {
      throw new IOException(
          "it has " + bytes + " bytes and not the expected " + into.expectedBytes());
    }
    try (InputStream in = Files.newInputStream(source.file())) {
      in.skipNBytes(into.size());
      byte[] buffer = new byte[BUFFER_BYTES];
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        into.append(buffer, n);
      }
    }
  }
}
