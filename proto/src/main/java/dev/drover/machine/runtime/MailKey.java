package dev.drover.machine.runtime;

/** One key of one machine: the unit of order. */
record MailKey(String machine, String key) {}
