#include <algorithm>
#include <string>

#include "cli/record_source.h"
#include "log/base/status.h"

namespace evlog::cli {
namespace {

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

// RFC 4180. A record is first found as a whole (its end is the first newline outside quotes), then
// cut. A doubled quote toggles twice, so counting quotes is enough to find that end.
class CsvSource : public RecordSource {
 public:
  explicit CsvSource(Input* input) : input_(input) {}

  absl::StatusOr<bool> Next(std::vector<FieldView>* fields) override {
    if (!have_header_) {
      ASSIGN_OR_RETURN(const bool more, ReadHeader());
      if (!more) return false;
    }
    std::string_view record;
    ASSIGN_OR_RETURN(const bool more, NextRecord(header_.size() > 1, &record));
    if (!more) return false;
    RETURN_IF_ERROR(Split(record));
    if (values_.size() != header_.size()) {
      return InvalidArgument("{} values where the header names {} fields", values_.size(),
                             header_.size());
    }
    fields->clear();
    for (size_t i = 0; i < values_.size(); ++i) fields->push_back({header_[i], values_[i]});
    return true;
  }

 private:
  absl::StatusOr<bool> ReadHeader() {
    std::string_view record;
    ASSIGN_OR_RETURN(const bool more, NextRecord(/*skip_blank=*/true, &record));
    if (!more) return false;
    if (record.starts_with(kByteOrderMark)) record.remove_prefix(kByteOrderMark.size());
    RETURN_IF_ERROR(Split(record));
    header_.assign(values_.begin(), values_.end());
    have_header_ = true;
    return true;
  }

  // Takes the next record off the input, without its line end.
  absl::StatusOr<bool> NextRecord(bool skip_blank, std::string_view* record) {
    for (;;) {
      line_ = next_line_;
      ASSIGN_OR_RETURN(const bool more, TakeRecord(record));
      if (!more) return false;
      if (record->ends_with('\r')) record->remove_suffix(1);
      if (!record->empty() || !skip_blank) return true;
    }
  }

  absl::StatusOr<bool> TakeRecord(std::string_view* record) {
    size_t searched = 0;
    bool quoted = false;
    for (;;) {
      const std::string_view window = input_->window();
      for (;;) {
        const size_t newline = window.find('\n', searched);
        const auto line = window.substr(searched, newline - searched);
        if (std::count(line.begin(), line.end(), '"') % 2 != 0) quoted = !quoted;
        if (newline == std::string_view::npos) break;
        searched = newline + 1;
        ++next_line_;
        if (quoted) continue;
        *record = window.substr(0, newline);
        input_->Consume(newline + 1);
        return true;
      }
      searched = window.size();
      ASSIGN_OR_RETURN(const bool more, input_->Fill());
      if (more) continue;
      *record = input_->window();
      input_->Consume(record->size());
      if (quoted) return InvalidArgument("a quoted value that never ends");
      return !record->empty();
    }
  }

  // Cuts a record into values_; unescaped ones live in scratch_.
  absl::Status Split(std::string_view record) {
    values_.clear();
    scratch_.clear();
    // Never grows beyond this, so what refers to it stays valid.
    scratch_.reserve(record.size());
    size_t at = 0;
    for (;;) {
      std::string_view value;
      if (at < record.size() && record[at] == '"') {
        RETURN_IF_ERROR(TakeQuoted(record, &at, &value));
      } else {
        const size_t comma = std::min(record.find(',', at), record.size());
        value = record.substr(at, comma - at);
        if (value.find('"') != std::string_view::npos) {
          return InvalidArgument("a quote within an unquoted value, in column {}",
                                 values_.size() + 1);
        }
        at = comma;
      }
      values_.push_back(value);
      if (at == record.size()) return absl::OkStatus();
      ++at;  // over the comma
    }
  }

  // Takes the quoted value that begins at `*at`, up to its comma or the record's end.
  absl::Status TakeQuoted(std::string_view record, size_t* at, std::string_view* value) {
    const size_t scratch_begin = scratch_.size();
    size_t begin = ++*at;
    for (;;) {
      const size_t quote = record.find('"', begin);
      if (quote == std::string_view::npos) {
        return InvalidArgument("a quoted value that never ends, in column {}", values_.size() + 1);
      }
      const bool doubled = quote + 1 < record.size() && record[quote + 1] == '"';
      if (!doubled) {
        if (scratch_.size() == scratch_begin) {
          *value = record.substr(begin, quote - begin);
        } else {
          scratch_.append(record.substr(begin, quote - begin));
          *value = std::string_view(scratch_).substr(scratch_begin);
        }
        *at = quote + 1;
        break;
      }
      scratch_.append(record.substr(begin, quote + 1 - begin));  // with one of the two
      begin = quote + 2;
    }
    if (*at != record.size() && record[*at] != ',') {
      return InvalidArgument("bytes after the closing quote, in column {}", values_.size() + 1);
    }
    return absl::OkStatus();
  }

  Input* const input_;
  bool have_header_ = false;
  std::vector<std::string> header_;
  std::vector<std::string_view> values_;
  std::string scratch_;
  uint64_t next_line_ = 1;
};

}  // namespace

std::unique_ptr<RecordSource> MakeCsvSource(Input* input) {
  return std::make_unique<CsvSource>(input);
}

}  // namespace evlog::cli
