/**
 * The benchmarks: real processes on this machine, measured beside a peer or a limit in the same
 * run.
 *
 * <p>{@code Row} is one benchmark and gives {@code Figure}s; {@code BenchReport} shows them; {@code
 * BenchHub} and {@code BenchDevice} are what rows have in common.
 */
@NullMarked
package dev.drover.deploy.bench;

import org.jspecify.annotations.NullMarked;
