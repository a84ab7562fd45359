/** Tests of signed metadata; repositories are made in memory, also wrong ones. */
@NullMarked
package dev.drover.trust;

import org.jspecify.annotations.NullMarked;
