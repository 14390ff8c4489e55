#include "cli/format.h"

#include <utility>

#include "cli/encode.h"
#include "cli/template.h"
#include "log/base/status.h"

namespace evlog::cli {
namespace {

// `id  key  field=value ...` for people; `-` stands for no key. Before it, of many, the stream.
class TextFormatter : public Formatter {
 public:
  explicit TextFormatter(const FormatOptions& options)
      : terminator_(options.terminator), many_(options.many) {}

  void Append(const EntryView& entry, const Origin& origin, std::string* out) const override {
    if (many_) {
      AppendWord(origin.stream, out);
      out->append("  ");
    }
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
  const bool many_;
};

// One object a record. docs/json-output.md is its contract: members are only ever added.
class JsonFormatter : public Formatter {
 public:
  explicit JsonFormatter(const FormatOptions& options)
      : terminator_(options.terminator), many_(options.many) {}

  void Append(const EntryView& entry, const Origin& origin, std::string* out) const override {
    out->append("{\"id\":\"");
    AppendId(entry.id, out);
    if (origin.placed) {
      out->append("\",\"offset\":");
      AppendNumber(entry.offset, out);
      out->append(",\"partition\":");
      AppendNumber(entry.partition, out);
    } else {
      out->append("\",\"offset\":null,\"partition\":null");
    }
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
    out->push_back(']');
    if (many_) {
      out->append(",\"stream\":");
      AppendJsonBytes(origin.stream, out);
      out->append(",\"position\":\"").append(origin.position.ToString()).push_back('"');
    }
    if (origin.deliveries.has_value()) {
      out->append(",\"deliveries\":");
      AppendNumber(*origin.deliveries, out);
    }
    out->push_back('}');
    out->push_back(terminator_);
  }

 private:
  const char terminator_;
  const bool many_;
};

// The values alone, byte by byte, with tabs between; before them, of many, the stream.
class RawFormatter : public Formatter {
 public:
  explicit RawFormatter(const FormatOptions& options)
      : terminator_(options.terminator), many_(options.many) {}

  void Append(const EntryView& entry, const Origin& origin, std::string* out) const override {
    if (many_) out->append(origin.stream);
    bool first = !many_;
    for (const FieldView& field : entry.fields) {
      if (!first) out->push_back('\t');
      first = false;
      out->append(field.value);
    }
    out->push_back(terminator_);
  }

 private:
  const char terminator_;
  const bool many_;
};

class TemplateFormatter : public Formatter {
 public:
  TemplateFormatter(Template parsed, char terminator)
      : template_(std::move(parsed)), terminator_(terminator) {}

  void Append(const EntryView& entry, const Origin& origin, std::string* out) const override {
    template_.Append(entry, origin, out);
    out->push_back(terminator_);
  }

 private:
  const Template template_;
  const char terminator_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<const Formatter>> MakeFormatter(const FormatOptions& options) {
  if (options.format == "text") return std::make_unique<TextFormatter>(options);
  if (options.format == "json") return std::make_unique<JsonFormatter>(options);
  if (options.format == "raw") return std::make_unique<RawFormatter>(options);
  if (options.format.find('{') == std::string::npos) {
    return InvalidArgument(
        "--format {}: text, json, raw, or a template such as '{{id}} {{fields}}'",
        Quoted(options.format));
  }
  absl::StatusOr<Template> parsed = Template::Parse(options.format);
  if (!parsed.ok()) return parsed.status();
  if (parsed->has_position() && !options.many) {
    return InvalidArgument("format: {{position}} is for a pattern of names, read in commit order");
  }
  return std::make_unique<TemplateFormatter>(*std::move(parsed), options.terminator);
}

}  // namespace evlog::cli
