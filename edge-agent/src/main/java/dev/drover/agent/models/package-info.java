/**
 * Models as files: which ones are known, where they come from, and the store that holds them by
 * digest. Nothing here runs a model.
 */
@NullMarked
package dev.drover.agent.models;

import org.jspecify.annotations.NullMarked;
