/** The rules about which package of this module may know which. */
@NullMarked
package dev.drover.architecture;

import org.jspecify.annotations.NullMarked;
