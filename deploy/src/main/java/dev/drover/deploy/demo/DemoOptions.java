package dev.drover.deploy.demo;

/**
 * How the demo runs.
 *
 * @param small with the small model alone
 * @param keep leave the fleet running
 * @param seed of the notes and of the moments of failure
 */
record DemoOptions(boolean small, boolean keep, long seed) {}
