package dev.drover.deploy.bench;

/**
 * How much load.
 *
 * @param devices simulated devices
 * @param seconds how long
 * @param jobs at once, each on all devices and followed by the next
 * @param heartbeatSeconds between two heartbeats of a device
 * @param tool that the jobs call
 */
record LoadPlan(int devices, int seconds, int jobs, int heartbeatSeconds, String tool) {}
