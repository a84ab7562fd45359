/** What the owner of a device sets: one typed record, read at the start and never changed. */
@NullMarked
package dev.drover.agent.config;

import org.jspecify.annotations.NullMarked;
