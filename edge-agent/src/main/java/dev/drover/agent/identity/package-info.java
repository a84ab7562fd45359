/**
 * Who this device is: its keys, which never leave it, its certificates, and what it was told of its
 * hub. Enrolment makes them, renewal replaces the certificates.
 */
@NullMarked
package dev.drover.agent.identity;

import org.jspecify.annotations.NullMarked;
