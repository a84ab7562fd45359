/** What an operator can set on a hub. */
@NullMarked
package dev.drover.hub.config;

import org.jspecify.annotations.NullMarked;
