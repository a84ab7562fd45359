/** Tests of how benchmarks are counted and shown. */
@NullMarked
package dev.drover.deploy.bench;

import org.jspecify.annotations.NullMarked;
