#include "cli/line_reader.h"
#include "cli/record_source.h"
#include "log/base/status.h"

namespace evlog::cli {
namespace {

class LinesSource : public RecordSource {
 public:
  explicit LinesSource(Input* input) : lines_(input) {}

  absl::StatusOr<bool> Next(std::vector<FieldView>* fields) override {
    ++line_;
    std::string_view line;
    ASSIGN_OR_RETURN(const bool more, lines_.Next(&line));
    if (more) fields->assign(1, {"line", line});
    return more;
  }

 private:
  LineReader lines_;
};

}  // namespace

std::unique_ptr<RecordSource> MakeLinesSource(Input* input) {
  return std::make_unique<LinesSource>(input);
}

std::unique_ptr<RecordSource> MakeRecordSource(RecordFormat format, Input* input) {
  switch (format) {
    case RecordFormat::kLines:
      return MakeLinesSource(input);
    case RecordFormat::kJsonLines:
      return MakeJsonLinesSource(input);
    case RecordFormat::kCsv:
      return MakeCsvSource(input);
  }
  return nullptr;
}

}  // namespace evlog::cli
