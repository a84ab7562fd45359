/**
 * What models are and how they travel: GGUF headers, the fit of a model on a device, and files cut
 * into chunks that are named by their hash.
 *
 * <p>{@link dev.drover.content.GgufHeader} reads what a runtime would need before it is asked to
 * load anything, from a file that may be hostile: every count and length is bounded before it is
 * believed, and whatever llama.cpp would refuse is refused here with a reason. {@link
 * dev.drover.content.ModelFit} compares that with a device.
 *
 * <p>{@link dev.drover.content.ChunkGrid} decides where a file is cut, {@link
 * dev.drover.content.ChunkTable} lists the pieces, and {@link dev.drover.content.ChunkAssembler}
 * puts them together again, in any order and across crashes: data is synced before the journal says
 * so, and nothing is written that is not in the table.
 */
@NullMarked
package dev.drover.content;

import org.jspecify.annotations.NullMarked;
