/**
 * The few cryptographic building blocks that everything else shares: Ed25519, SHA-256, HMAC, key
 * files. Only calls into the JDK and BouncyCastle; no primitive is implemented here.
 */
@NullMarked
package dev.drover.crypto;

import org.jspecify.annotations.NullMarked;
