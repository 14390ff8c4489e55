#include "cli/program.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstddef>

namespace evlog::cli {
namespace {

constexpr std::string_view kChoices = ":{";
constexpr std::string_view kRange = " in [";

std::vector<std::string> Split(std::string_view text, char at) {
  std::vector<std::string> parts;
  for (size_t end = 0; end != std::string_view::npos;) {
    end = text.find(at);
    parts.emplace_back(text.substr(0, end));
    if (end != std::string_view::npos) text.remove_prefix(end + 1);
  }
  return parts;
}

// What CLI11 says of a value: `FORMAT:{text,json}`, `N:UINT in [1 - 1024]`, `HOST:PORT`.
void ReadType(std::string_view type, Argument* argument) {
  if (const size_t at = type.find(kChoices); at != std::string_view::npos) {
    const std::string_view list = type.substr(at + kChoices.size());
    argument->choices = Split(list.substr(0, list.find('}')), ',');
    type = type.substr(0, at);
  } else if (const size_t in = type.find(kRange); in != std::string_view::npos) {
    const std::string_view range = type.substr(in + kRange.size());
    const size_t dash = range.find(" - ");
    argument->range = range.substr(0, range.find(']'));
    if (dash != std::string_view::npos) argument->range.replace(dash, 3, " to ");
    type = type.substr(0, type.rfind(':', in));
  }
  argument->metavar = type;
}

Argument ArgumentOf(const CLI::Option& option) {
  Argument argument;
  if (option.nonpositional()) {
    for (const std::string& name : option.get_snames()) argument.names.push_back("-" + name);
    for (const std::string& name : option.get_lnames()) argument.names.push_back("--" + name);
  } else {
    argument.names.push_back(option.get_name(/*positional=*/true));
  }
  if (option.get_items_expected_max() != 0) ReadType(option.get_type_name(), &argument);
  argument.default_value = option.get_default_str();
  argument.help = option.get_description();
  argument.group = option.get_group();
  argument.required = option.get_required();
  argument.repeats = option.get_items_expected_max() > 1;
  return argument;
}

Verb VerbOf(const CLI::App& app, std::string name) {
  Verb verb;
  verb.name = std::move(name);
  verb.summary = app.get_description();
  verb.footer = app.get_footer();
  verb.is_family = app.get_require_subcommand_min() != 0 && app.get_parent() != nullptr;
  for (const CLI::Option* option : app.get_options()) {
    if (option->get_group().empty()) continue;
    (option->nonpositional() ? verb.options : verb.places).push_back(ArgumentOf(*option));
  }
  return verb;
}

void AddVerbs(const CLI::App& parent, const std::string& prefix, std::vector<Verb>* verbs) {
  // What CLI11 has no group for is hidden.
  const auto shown = [](const CLI::App* app) { return !app->get_group().empty(); };
  for (const CLI::App* app : parent.get_subcommands(shown)) {
    verbs->push_back(VerbOf(*app, prefix + app->get_name()));
    AddVerbs(*app, prefix + app->get_name() + " ", verbs);
  }
}

// `evlog 0.1.0`, as the flag of the version would print it.
std::string VersionOf(const CLI::App& app) {
  const std::string text = app.version();
  return text.substr(text.rfind(' ') + 1);
}

}  // namespace

const Argument* Verb::FindOption(std::string_view option) const {
  for (const Argument& argument : options) {
    const auto& names = argument.names;
    if (std::find(names.begin(), names.end(), option) != names.end()) return &argument;
  }
  return nullptr;
}

const Verb* Program::FindVerb(std::string_view name) const {
  for (const Verb& verb : verbs) {
    if (verb.name == name) return &verb;
  }
  return nullptr;
}

Program ProgramOf(const CLI::App& app) {
  const CLI::App* root = &app;
  while (root->get_parent() != nullptr) root = root->get_parent();
  Program program;
  program.itself = VerbOf(*root, "");
  program.version = VersionOf(*root);
  AddVerbs(*root, "", &program.verbs);
  return program;
}

}  // namespace evlog::cli
