/** Tests of what stands around the demo's story; the story checks itself. */
@NullMarked
package dev.drover.deploy.demo;

import org.jspecify.annotations.NullMarked;
