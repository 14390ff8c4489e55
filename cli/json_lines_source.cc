#include "cli/json_object_reader.h"
#include "cli/line_reader.h"
#include "cli/record_source.h"
#include "log/base/status.h"

namespace evlog::cli {
namespace {

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

class JsonLinesSource : public RecordSource {
 public:
  explicit JsonLinesSource(Input* input) : lines_(input) {}

  absl::StatusOr<bool> Next(std::vector<FieldView>* fields) override {
    std::string_view line;
    do {
      ++line_;
      ASSIGN_OR_RETURN(const bool more, lines_.Next(&line));
      if (!more) return false;
      if (line_ == 1 && line.starts_with(kByteOrderMark)) line.remove_prefix(kByteOrderMark.size());
    } while (line.find_first_not_of(" \t\r") == std::string_view::npos);
    RETURN_IF_ERROR(object_.Read(line, fields));
    if (fields->empty()) return InvalidArgument("an object without members");
    return true;
  }

 private:
  LineReader lines_;
  JsonObjectReader object_;
};

}  // namespace

std::unique_ptr<RecordSource> MakeJsonLinesSource(Input* input) {
  return std::make_unique<JsonLinesSource>(input);
}

}  // namespace evlog::cli
