/**
 * Checks an audit log from the outside, with nothing but what the hub serves and the public keys
 * that an auditor holds.
 */
@NullMarked
package dev.drover.hub.verify;

import org.jspecify.annotations.NullMarked;
