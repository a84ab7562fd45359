package dev.drover.hub.api;

import dev.drover.v1.Role;

/**
 * The operator who makes a call, as its certificate and the registry say.
 *
 * @param name of the operator, recorded with every change
 * @param role what it may do
 */
public record Caller(String name, Role role) {}
