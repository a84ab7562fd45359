/** The hub put together: the assembly of all parts, and what runs it. */
@NullMarked
package dev.drover.hub;

import org.jspecify.annotations.NullMarked;
