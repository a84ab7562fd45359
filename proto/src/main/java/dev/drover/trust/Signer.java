package dev.drover.trust;

import dev.drover.crypto.Ed25519;

/** One key that can sign metadata, wherever it lives: a file, a smart card, a service. */
public interface Signer {
  /** Returns the public half. */
  TufKey key();

  /** Returns the signature over a message, in the form of the key's scheme. May block. */
  byte[] sign(byte[] message);

  /** Returns a signer for an Ed25519 seed in memory. */
  static Signer ofEd25519(byte[] seed) {
    byte[] ownSeed = seed.clone();
    TufKey key = TufKey.ofEd25519(Ed25519.publicKey(ownSeed));
    return new Signer() {
      @Override
      public TufKey key() {
        return key;
      }

      @Override
      public byte[] sign(byte[] message) {
        return Ed25519.sign(ownSeed, message);
      }
    };
  }
}
