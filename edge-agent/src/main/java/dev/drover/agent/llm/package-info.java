/**
 * Runs a model inside the agent's process: one owner thread, guards before and after every native
 * call, a watchdog, and the adapter to the engine.
 */
@NullMarked
package dev.drover.agent.llm;

import org.jspecify.annotations.NullMarked;
