@NullMarked
package dev.drover.hub.repo;

import org.jspecify.annotations.NullMarked;
