/** Tests of the links that need no broker; the others are in the module {@code deploy}. */
@NullMarked
package dev.drover.agent.link;

import org.jspecify.annotations.NullMarked;
