/**
 * What the owner of a device sets: one typed record, read at the start and never changed. Beside it
 * what the hub desires, of which a little counts at once.
 */
@NullMarked
package dev.drover.agent.config;

import org.jspecify.annotations.NullMarked;
