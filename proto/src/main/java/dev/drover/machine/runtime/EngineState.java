package dev.drover.machine.runtime;

/** What outlives a group in an engine. */
record EngineState(
    Store store, EngineLimits limits, Registry registry, Timers timers, Counters counters) {}
