package dev.drover.term;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.ReadOnlyFileSystemException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What the operating system said, in words: its exceptions often hold nothing but a path. */
public final class Reasons {
  private static final int CAUSES_MAX = 8;

  private Reasons() {}

  /**
   * Returns what the operating system said about a file or a socket when this failed; empty where
   * it was not asked.
   */
  public static Optional<String> of(Throwable failure) {
    @Nullable Throwable cause = failure.getCause();
    for (int i = 0; i < CAUSES_MAX && cause != null; i++) {
      String reason = reason(cause);
      if (reason != null && !String.valueOf(failure.getMessage()).contains(reason)) {
        return Optional.of(reason);
      }
      cause = cause.getCause();
    }
    return Optional.empty();
  }

  private static @Nullable String reason(Throwable cause) {
    if (cause instanceof FileSystemException file) {
      return kind(file) + ": " + file.getFile();
    }
    boolean plain = cause.getClass() == IOException.class;
    if (plain || cause instanceof FileNotFoundException) {
      return cause.getMessage();
    }
    if (cause instanceof ReadOnlyFileSystemException) {
      return "the file system is read-only";
    }
    boolean socket = cause instanceof SocketException || cause instanceof UnknownHostException;
    return socket ? withoutCall(String.valueOf(cause.getMessage())) : null;
  }

  /** Native transports name the system call and its number before what it means. */
  private static String withoutCall(String text) {
    int number = text.indexOf("): ");
    return text.contains("failed with error") && number > 0 ? text.substring(number + 3) : text;
  }

  private static String kind(FileSystemException file) {
    if (file instanceof NoSuchFileException) {
      return "no such file or directory";
    }
    if (file instanceof AccessDeniedException) {
      return "permission denied";
    }
    if (file instanceof FileAlreadyExistsException) {
      return "it exists already";
    }
    if (file instanceof NotDirectoryException) {
      return "not a directory";
    }
    if (file instanceof DirectoryNotEmptyException) {
      return "the directory is not empty";
    }
    String reason = file.getReason();
    return reason == null ? "the file system refused" : reason;
  }
}
