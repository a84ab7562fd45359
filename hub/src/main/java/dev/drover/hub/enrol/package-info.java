/**
 * Who is who: the hub's keys and certificate authority, enrolment with one-time tokens, renewal and
 * operators' certificates.
 *
 * <p>On its first start the hub makes a certificate authority, a key that signs commands, a key
 * that signs checkpoints, a secret from which the link keys of devices are derived, and the
 * certificate of a first operator. All are files of mode 0600 in the hub's directory; none ever
 * leaves it.
 */
@NullMarked
package dev.drover.hub.enrol;

import org.jspecify.annotations.NullMarked;
