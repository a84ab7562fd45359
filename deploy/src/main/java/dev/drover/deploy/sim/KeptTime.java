package dev.drover.deploy.sim;

import dev.drover.agent.exchange.TrustedClock;
import java.nio.charset.StandardCharsets;

/** The time that a trusted clock keeps, in a file of the device. */
record KeptTime(SimFiles files, String file) implements TrustedClock.Kept {
  @Override
  public long read() {
    return files.get(file).map(KeptTime::number).orElse(0L);
  }

  @Override
  public void write(long ms) {
    files.put(file, text(ms));
  }

  static long number(byte[] text) {
    return Long.parseLong(new String(text, StandardCharsets.US_ASCII));
  }

  static byte[] text(long number) {
    return Long.toString(number).getBytes(StandardCharsets.US_ASCII);
  }
}
