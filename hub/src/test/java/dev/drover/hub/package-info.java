/** Tests of the hub as a whole. */
@NullMarked
package dev.drover.hub;

import org.jspecify.annotations.NullMarked;
