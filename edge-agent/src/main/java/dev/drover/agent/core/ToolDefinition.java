package dev.drover.agent.core;

import com.fasterxml.jackson.databind.JsonNode;
import dev.drover.v1.CrashBehaviour;
import dev.drover.v1.Risk;

/**
 * What a tool is, takes and gives, and what may go wrong.
 *
 * @param name as callers write it: words of lower-case letters, digits and underscores with dots
 *     between them
 * @param description one or two sentences for people and models
 * @param argumentsSchema JSON Schema 2020-12 of an object
 * @param resultSchema JSON Schema 2020-12 of an object
 * @param risk what a wrong call can do
 * @param crash what a crash between start and end means
 * @param reported what of a result the hub may learn, when the hub asked
 * @param answersQuestions whether its arguments or results carry text from people or models; such a
 *     tool is never called by the hub, whatever the policy says
 */
public record ToolDefinition(
    String name,
    String description,
    JsonNode argumentsSchema,
    JsonNode resultSchema,
    Risk risk,
    CrashBehaviour crash,
    ReportedFields reported,
    boolean answersQuestions) {}
