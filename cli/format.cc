#include "cli/format.h"

#include <utility>

#include "cli/encode.h"
#include "cli/template.h"
#include "log/base/status.h"

namespace evlog::cli {
namespace {

// `id  key  field=value ...` for people; `-` stands for no key.
class TextFormatter : public Formatter {
 public:
  explicit TextFormatter(char terminator) : terminator_(terminator) {}

  void Append(const EntryView& entry, std::string* out) const override {
    AppendId(entry.id, out);
    out->append("  ");
    if (entry.key.has_value()) {
      AppendWord(*entry.key, out);
    } else {
      out->push_back('-');
    }
    out->append("  ");
    AppendFields(entry.fields, out);
    out->push_back(terminator_);
  }

 private:
  const char terminator_;
};

// One object a record. docs/json-output.md is its contract: members are only ever added.
class JsonFormatter : public Formatter {
 public:
  explicit JsonFormatter(char terminator) : terminator_(terminator) {}

  void Append(const EntryView& entry, std::string* out) const override {
    out->append("{\"id\":\"");
    AppendId(entry.id, out);
    out->append("\",\"offset\":");
    AppendNumber(entry.offset, out);
    out->append(",\"partition\":");
    AppendNumber(entry.partition, out);
    out->append(",\"key\":");
    if (entry.key.has_value()) {
      AppendJsonBytes(*entry.key, out);
    } else {
      out->append("null");
    }
    out->append(",\"fields\":[");
    bool first = true;
    for (const FieldView& field : entry.fields) {
      if (!first) out->push_back(',');
      first = false;
      out->push_back('[');
      AppendJsonBytes(field.name, out);
      out->push_back(',');
      AppendJsonBytes(field.value, out);
      out->push_back(']');
    }
    out->append("]}");
    out->push_back(terminator_);
  }

 private:
  const char terminator_;
};

// The values alone, byte by byte, with tabs between.
class RawFormatter : public Formatter {
 public:
  explicit RawFormatter(char terminator) : terminator_(terminator) {}

  void Append(const EntryView& entry, std::string* out) const override {
    bool first = true;
    for (const FieldView& field : entry.fields) {
      if (!first) out->push_back('\t');
      first = false;
      out->append(field.value);
    }
    out->push_back(terminator_);
  }

 private:
  const char terminator_;
};

class TemplateFormatter : public Formatter {
 public:
  TemplateFormatter(Template parsed, char terminator)
      : template_(std::move(parsed)), terminator_(terminator) {}

  void Append(const EntryView& entry, std::string* out) const override {
    template_.Append(entry, out);
    out->push_back(terminator_);
  }

 private:
  const Template template_;
  const char terminator_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<const Formatter>> MakeFormatter(const FormatOptions& options) {
  const char end = options.terminator;
  if (options.format == "text") return std::make_unique<TextFormatter>(end);
  if (options.format == "json") return std::make_unique<JsonFormatter>(end);
  if (options.format == "raw") return std::make_unique<RawFormatter>(end);
  if (options.format.find('{') == std::string::npos) {
    return InvalidArgument(
        "--format {}: text, json, raw, or a template such as '{{id}} {{fields}}'",
        Quoted(options.format));
  }
  absl::StatusOr<Template> parsed = Template::Parse(options.format);
  if (!parsed.ok()) return parsed.status();
  return std::make_unique<TemplateFormatter>(*std::move(parsed), end);
}

}  // namespace evlog::cli
