/**
 * The demo: a whole fleet on one machine, every part a process of its own, that does the main job
 * live and checks each step.
 *
 * <p>{@code Demo} is the story; {@code Notes} makes the devices' private notes from the seed and
 * knows what is right; {@code Checks} prints and reports what held; {@code LiveWork} shows the jobs
 * while they go on; {@code Tap} has what the broker carried, {@code Diary} what a device wrote down
 * itself; {@code SecretHunt} looks for what must not be anywhere.
 */
@NullMarked
package dev.drover.deploy.demo;

import org.jspecify.annotations.NullMarked;
