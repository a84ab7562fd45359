/**
 * Signed metadata after The Update Framework (TUF 1.0.34): which root keys are trusted, what the
 * newest set of targets is, and whether a file is one of them. Section numbers in this package are
 * those of the specification.
 *
 * <p><b>Received bytes.</b> A document is verified and kept as the bytes that arrived. A signature
 * covers the canonical form ({@link dev.drover.trust.CanonicalJson}) of the parsed tree with every
 * field in it, known or not; no typed model is ever written out again. Typed views (root,
 * timestamp, snapshot, targets) are read from that tree and are immutable.
 *
 * <p><b>Reading.</b> {@code TrustedSet} is the pure machine: it takes documents in the order of
 * section 5 and either trusts them or throws, and it knows no I/O and no clock. {@link
 * dev.drover.trust.TufClient} drives it: it asks a {@link dev.drover.trust.Fetcher} for bytes (a
 * broker's retained topics, a directory, HTTP), and keeps what was verified in a {@link
 * dev.drover.trust.TrustStore} before it goes on, so that it may be stopped between any two steps.
 * A failure changes nothing that was trusted before. {@link dev.drover.trust.TrustedRepository} is
 * the result; targets are looked up in it.
 *
 * <p><b>Writing.</b> {@link dev.drover.trust.TufRepositoryWriter} runs on the publisher's machine
 * over a directory whose files are exactly what is published; keys are behind {@link
 * dev.drover.trust.Signer}.
 *
 * <p><b>Failures</b> are {@link dev.drover.wire.DroverException} with one of: {@code
 * SIGNATURE_INVALID} (too few valid signatures), {@code METADATA_ROLLBACK} (a version that fell or
 * is not the announced one, a role that vanished), {@code DIGEST_MISMATCH} (bytes that are not the
 * announced ones), {@code LIMIT_EXCEEDED} (too long, too deep, too many), {@code MESSAGE_MALFORMED}
 * (not a document of its kind), {@code UNAVAILABLE} (the source lacks what it announced), and
 * {@code METADATA_EXPIRED}. The last is thrown only where everything but the time was in order: a
 * device whose clock may be wrong asks for the time then, and for no other failure.
 *
 * <p>Thresholds count key material, not key ids; documents that list a signer twice are refused
 * whole; numbers are 64 bits; input is bounded before it is parsed ({@link
 * dev.drover.trust.MetadataLimits}).
 */
@NullMarked
package dev.drover.trust;

import org.jspecify.annotations.NullMarked;
