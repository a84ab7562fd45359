package dev.drover.deploy.sim;

import java.security.SecureRandom;
import java.security.SecureRandomSpi;
import java.util.random.RandomGenerator;

/** Randomness that parts take for secure and that the seed gives. For the simulation only. */
final class SeededSecurity extends SecureRandom {
  private static final long serialVersionUID = 1L;

  SeededSecurity(RandomGenerator random) {
    super(new Spi(random), null);
  }

  private static final class Spi extends SecureRandomSpi {
    private static final long serialVersionUID = 1L;
    private final transient RandomGenerator random;

    Spi(RandomGenerator random) {
      this.random = random;
    }

    @Override
    protected void engineSetSeed(byte[] seed) {
      // What it gives is decided already.
    }

    @Override
    protected void engineNextBytes(byte[] bytes) {
      random.nextBytes(bytes);
    }

    @Override
    protected byte[] engineGenerateSeed(int length) {
      byte[] seed = new byte[length];
      random.nextBytes(seed);
      return seed;
    }
  }
}
