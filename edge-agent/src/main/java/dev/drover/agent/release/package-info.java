/**
 * Releases on the device: which ones are trusted, how their content comes over the broker, where it
 * lies, and which of them a process loads.
 */
@NullMarked
package dev.drover.agent.release;

import org.jspecify.annotations.NullMarked;
