package dev.drover.config;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** Declares the key of one component of a configuration record. */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.RECORD_COMPONENT)
public @interface ConfigKey {
  /** Dotted lower-case name, such as {@code grpc.tcp.port}. */
  String value();

  /** One sentence for the reference. */
  String doc();

  /** Text of the default; a key without one must be given. */
  String byDefault() default REQUIRED;

  /** Least value of a number, duration or size, in the text form of the component; may be empty. */
  String min() default "";

  /** Greatest value, likewise. */
  String max() default "";

  /** Whether the value is masked wherever the configuration is shown. */
  boolean secret() default false;

  /**
   * Whether the hub may desire it. Never policy, a root, an endpoint, a limit of what leaves the
   * device, or an approval.
   */
  boolean desirable() default false;

  /** Whether what the hub desires of it counts at once, not from the next start. */
  boolean atOnce() default false;

  /** Marks a key that has no default. */
  String REQUIRED = "\0required";
}
