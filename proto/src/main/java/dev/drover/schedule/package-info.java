/**
 * When work may start: windows that begin by a cron expression on the clock of a place and last a
 * length of time. The hub checks them when a job is made, the device lives by them. Pure; the cron
 * library is loaded with the first window, never before.
 */
@NullMarked
package dev.drover.schedule;

import org.jspecify.annotations.NullMarked;
