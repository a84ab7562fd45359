package dev.drover.deploy.fleet;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.drover.hub.publish.Publisher;
import dev.drover.hub.publish.Upload;
import dev.drover.v1.PublishReleaseRequest;
import dev.drover.v1.Release;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** A publisher whose releases go to one hub. Not thread-safe. */
final class Releases {
  private static final char[] PASSPHRASE = "correct horse".toCharArray();

  private final Publisher publisher;
  private final Jobs jobs;

  /** Begins before the first device: it trusts the root that the hub has when it enrols. */
  Releases(Path directory, Jobs jobs) {
    this.publisher = new Publisher(directory);
    this.jobs = jobs;
    publisher.create(PASSPHRASE, new SecureRandom(), Clock.systemUTC().instant());
    PublishReleaseRequest root =
        PublishReleaseRequest.newBuilder().addAllDocuments(publisher.documents()).build();
    var unused = jobs.connection().calls().publishRelease(root);
  }

  /** Signs a release, with a model or without one, and gives it to the hub. */
  Release publish(ObjectNode draft, @Nullable Path model) {
    return new Upload(jobs.connection().channel())
        .publish(
            publisher.sign(
                draft, model, PASSPHRASE, Clock.systemUTC().instant(), Duration.ofDays(1)),
            bytes -> {});
  }
}
