#include "cli/serve_file.h"

#include <fmt/format.h>

#include <toml++/toml.h>
#include <cerrno>
#include <fstream>
#include <iterator>
#include <optional>
#include <sstream>
#include <system_error>
#include <vector>

#include "cli/encode.h"
#include "log/base/status.h"

namespace evlog::cli {
namespace {

// The name of a setting whose value is not shown.
constexpr std::string_view kSecret = "requirepass";

// Where the log of an installed service is, and the setting that says so.
constexpr std::string_view kDirectory = "dir";
constexpr std::string_view kServiceDirectory = "/var/lib/evlog";

// Where in a file, as compilers say it.
std::string At(const std::string& path, const toml::source_region& where) {
  return fmt::format("{}:{}:{}", path, where.begin.line, where.begin.column);
}

std::vector<std::string_view> Sections() {
  std::vector<std::string_view> sections;
  for (const Setting& setting : ServeSettings()) {
    if (sections.empty() || sections.back() != setting.section) sections.push_back(setting.section);
  }
  return sections;
}

const Setting* FindSetting(std::string_view section, std::string_view name) {
  for (const Setting& setting : ServeSettings()) {
    if (setting.section == section && setting.name == name) return &setting;
  }
  return nullptr;
}

// What `section` may hold, or the sections that there may be; with commas.
std::string Names(std::string_view section) {
  std::string names;
  for (const Setting& setting : ServeSettings()) {
    if (setting.section != section) continue;
    if (!names.empty()) names += ", ";
    names += setting.name;
  }
  return names;
}

// The value as Assign reads it; nullopt: of a type that the setting cannot have.
std::optional<std::string> TextOf(const Setting& setting, const toml::node& node) {
  const bool number = setting.kind == SettingKind::kCount || setting.kind == SettingKind::kSize;
  if (setting.kind == SettingKind::kFlag) {
    if (!node.is_boolean()) return std::nullopt;
    return node.as_boolean()->get() ? "true" : "false";
  }
  if (number && node.is_integer()) return std::to_string(node.as_integer()->get());
  if (setting.kind == SettingKind::kCount || !node.is_string()) return std::nullopt;
  return node.as_string()->get();
}

std::string TypeName(const toml::node& node) {
  std::ostringstream name;
  name << node.type();
  return name.str();
}

absl::Status ApplySection(std::string_view section, const toml::table& table,
                          const std::string& path, ServeConfig* config) {
  for (const auto& [key, node] : table) {
    const Setting* setting = FindSetting(section, key.str());
    const std::string name = fmt::format("{}.{}", section, key.str());
    if (setting == nullptr) {
      return InvalidArgument("{}: there is no setting {}; allowed in [{}]: {}",
                             At(path, key.source()), Quoted(name), section, Names(section));
    }
    const std::string what = At(path, node.source()) + ": " + name;
    const std::optional<std::string> text = TextOf(*setting, node);
    if (!text.has_value()) {
      return InvalidArgument("{} is of the type {}; allowed: {}", what, TypeName(node),
                             AllowedText(*setting));
    }
    RETURN_IF_ERROR(Assign(*setting, what, *text, config));
  }
  return absl::OkStatus();
}

// As TOML has it: numbers and flags bare, all else in quotes.
std::string TomlValue(const Setting& setting, const std::string& text) {
  if (setting.kind == SettingKind::kFlag || setting.kind == SettingKind::kCount) return text;
  std::ostringstream quoted;
  quoted << toml::value<std::string>(text);
  return quoted.str();
}

}  // namespace

absl::Status ApplyConfigText(std::string_view text, const std::string& path, ServeConfig* config) {
  const toml::parse_result parsed = toml::parse(text, std::string_view(path));
  if (!parsed) {
    return InvalidArgument("{}: {}", At(path, parsed.error().source()),
                           parsed.error().description());
  }
  const std::vector<std::string_view> sections = Sections();
  for (const auto& [key, node] : parsed.table()) {
    if (!Names(key.str()).empty() && node.is_table()) {
      RETURN_IF_ERROR(ApplySection(key.str(), *node.as_table(), path, config));
      continue;
    }
    return InvalidArgument("{}: there is no {} {}; allowed: [{}]", At(path, key.source()),
                           node.is_table() ? "section" : "setting", Quoted(key.str()),
                           fmt::join(sections, "], ["));
  }
  return absl::OkStatus();
}

absl::Status ApplyConfigFile(const std::string& path, ServeConfig* config) {
  std::ifstream in(path, std::ios::binary);
  const std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  if (!in.is_open() || in.bad()) {
    const int error = errno;
    return absl::Status(
        absl::ErrnoToStatusCode(error),
        fmt::format("--config {}: {}", Quoted(path), std::generic_category().message(error)));
  }
  return ApplyConfigText(text, path, config);
}

std::string ConfigText(const ServeConfig& config) {
  std::string out;
  std::string_view section;
  for (const Setting& setting : ServeSettings()) {
    if (setting.section != section) {
      section = setting.section;
      out += fmt::format("{}[{}]\n", out.empty() ? "" : "\n", section);
    }
    const std::optional<std::string> value = ValueText(setting, config);
    out += fmt::format("# {} ({})\n", setting.help, AllowedText(setting));
    if (!value.has_value()) {
      out += fmt::format("# {} is not set\n", setting.name);
    } else if (setting.name == kSecret) {
      out += fmt::format("# {} is set, and not shown\n", setting.name);
    } else {
      out += fmt::format("{} = {}\n", setting.name, TomlValue(setting, *value));
    }
  }
  return out;
}

std::string ServiceConfigText() {
  std::string out =
      "# Settings of the service evlog: of `evlog serve --config` with this file.\n"
      "# What is commented out is the default. After a change: systemctl restart evlog\n";
  const ServeConfig defaults;
  std::string_view section;
  for (const Setting& setting : ServeSettings()) {
    if (setting.section != section) {
      section = setting.section;
      out += fmt::format("\n[{}]\n", section);
    }
    out += fmt::format("# {} ({})\n", setting.help, AllowedText(setting));
    const std::optional<std::string> value = ValueText(setting, defaults);
    if (setting.name == kDirectory) {
      out += fmt::format("{} = \"{}\"\n", setting.name, kServiceDirectory);
    } else {
      out += fmt::format("#{} ={}{}\n", setting.name, value.has_value() ? " " : "",
                         value.has_value() ? TomlValue(setting, *value) : "");
    }
  }
  return out;
}

std::string ConfigReference() {
  std::string out =
      "# Settings of `evlog serve`\n"
      "\n"
      "`evlog serve --config FILE` reads a [TOML](https://toml.io) file. Every setting is also a "
      "flag,\n"
      "`--NAME`, and flags win over the file. A setting that there is not, a value of the wrong "
      "type, or\n"
      "one out of its range is an error that names file, line and column, and the server does not "
      "start.\n"
      "\n"
      "```toml\n"
      "[server]\n"
      "listen = \"0.0.0.0:6379\"\n"
      "requirepass = \"secret\"\n"
      "\n"
      "[streams]\n"
      "durability = \"os\"\n"
      "max-age = \"7d\"\n"
      "\n"
      "[log]\n"
      "dir = \"/var/lib/evlog\"\n"
      "```\n"
      "\n"
      "`evlog serve --print-config`, with or without `--config` and flags, prints all settings as "
      "they are\n"
      "then, as such a file, and ends. The password is left out.\n"
      "\n"
      "Numbers are bare. Sizes are bare numbers of bytes or text: `\"64kB\"`, `\"10MB\"` (powers "
      "of ten),\n"
      "`\"64KiB\"`, `\"1GiB\"` (powers of two). Times are text: `\"500ms\"`, `\"10s\"`, "
      "`\"1h30m\"`, `\"7d\"`.\n"
      "\n"
      "The directory is that of `--dir`, else of `--at`, else `dir` of the file, else of "
      "`EVLOG_AT`.\n"
      "Settings of `[streams]` hold for streams that clients create from then on; `[limits]` are "
      "those of\n"
      "appends.\n"
      "\n"
      "This page is made from the table in `cli/serve_settings.cc`, and a test compares them.\n";
  const ServeConfig defaults;
  std::string_view section;
  for (const Setting& setting : ServeSettings()) {
    if (setting.section != section) {
      section = setting.section;
      out += fmt::format("\n## [{}]\n\n| setting | default | allowed | |\n|---|---|---|---|\n",
                         section);
    }
    const std::optional<std::string> value = ValueText(setting, defaults);
    out += fmt::format("| `{}` | {} | {} | {} |\n", setting.name,
                       value.has_value() ? "`" + *value + "`" : "", AllowedText(setting),
                       setting.help);
  }
  return out;
}

}  // namespace evlog::cli
