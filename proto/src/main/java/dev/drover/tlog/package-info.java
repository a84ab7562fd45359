/**
 * A verifiable log: RFC 6962 Merkle trees, signed checkpoints, proofs and tiles, in the formats of
 * C2SP ({@code tlog-tiles}, {@code tlog-checkpoint}, {@code signed-note}, {@code tlog-proof}).
 *
 * <p>Everything here is pure. Trees never hold their leaves: {@link dev.drover.tlog.CompactRange}
 * carries the at most 63 hashes that appending needs, {@link dev.drover.tlog.TileBuilder} the right
 * edge from which tiles are cut, and proofs are computed from any {@link
 * dev.drover.tlog.NodeSource}, usually {@link dev.drover.tlog.TileNodes} over stored tiles. So the
 * same code writes the log on the hub, proves from it, and verifies what somebody else served.
 *
 * <p>Verifiers return whether a claim holds; parsers throw {@link dev.drover.wire.DroverException}
 * with {@code MESSAGE_MALFORMED} for bytes that are not of the format and refuse what is longer
 * than the format can need before they look into it. {@link dev.drover.tlog.MerkleBatch} uses the
 * same tree for something smaller: one signature over many commands.
 */
@NullMarked
package dev.drover.tlog;

import org.jspecify.annotations.NullMarked;
