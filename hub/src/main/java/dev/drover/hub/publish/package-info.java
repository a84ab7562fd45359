/**
 * What a publisher does on a machine of its own: keep the offline key, turn a draft and a model
 * file into a signed release, and hand the signed documents and the content to a hub. The hub never
 * sees the key or this directory.
 */
@NullMarked
package dev.drover.hub.publish;

import org.jspecify.annotations.NullMarked;
