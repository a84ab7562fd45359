package dev.drover.agent.api;

import dev.drover.agent.core.HubPolicy;
import dev.drover.agent.core.OwnerConsent;
import dev.drover.agent.core.StatusSource;
import dev.drover.agent.core.ToolCalls;
import dev.drover.agent.core.ToolRegistry;
import dev.drover.agent.core.model.ModelRuntime;
import java.security.SecureRandom;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * What the server offers, all of it thread-safe.
 *
 * @param tools that exist
 * @param calls the one way to call them
 * @param policy what the hub may call; neighbours may call no more
 * @param runtime loaded or not
 * @param status what the agent says about itself
 * @param consent what waits, and the owner's word on it
 * @param requests records that somebody asked for something, for the owner
 * @param nanoTime monotonic time in nanoseconds
 * @param random makes keys for calls that come without one
 */
public record AgentParts(
    ToolRegistry tools,
    ToolCalls calls,
    HubPolicy policy,
    ModelRuntime runtime,
    StatusSource status,
    OwnerConsent consent,
    Consumer<String> requests,
    LongSupplier nanoTime,
    SecureRandom random) {}
