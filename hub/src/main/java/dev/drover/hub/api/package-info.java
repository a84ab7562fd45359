/**
 * The hub's one HTTPS port: gRPC and its JSON transcoding for operators, enrolment for devices,
 * metrics and log tiles.
 *
 * <p>TLS asks every client for a certificate but lets those without one through to enrolment alone;
 * everything else demands the certificate of a present operator, and each call the role that it
 * needs.
 */
@NullMarked
package dev.drover.hub.api;

import org.jspecify.annotations.NullMarked;
