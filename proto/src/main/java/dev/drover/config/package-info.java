/**
 * Typed configuration: a record per process, whose components name their key, their default, their
 * bounds and what they mean. Text is {@code key = value} lines; a key that no component has stops
 * the start. The reference in {@code docs/configuration.md} is generated from the records.
 */
@NullMarked
package dev.drover.config;

import org.jspecify.annotations.NullMarked;
