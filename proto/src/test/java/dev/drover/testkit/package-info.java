/**
 * What tests of every module share: generated models, seeded inputs and the checks that say what a
 * test needs from the machine. Published through this module's test jar, never in a release.
 */
@NullMarked
package dev.drover.testkit;

import org.jspecify.annotations.NullMarked;
