// What servers of Redis' protocol answer, as far as a load generator must know it: how many replies
// and values came, and which ids stood in them. It copies nothing else, so that it costs little
// beside the server that it measures.
#ifndef EVLOG_BENCH_REPLY_READER_H_
#define EVLOG_BENCH_REPLY_READER_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace evlog::bench {

// Many short texts in one piece of memory.
class IdList {
 public:
  size_t size() const { return ends_.size(); }
  bool empty() const { return ends_.empty(); }
  std::string_view operator[](size_t i) const {
    const size_t begin = i == 0 ? 0 : ends_[i - 1];
    return std::string_view(text_).substr(begin, ends_[i] - begin);
  }
  std::string_view back() const { return (*this)[size() - 1]; }
  void Add(std::string_view id) {
    text_ += id;
    ends_.push_back(text_.size());
  }
  void Clear() {
    text_.clear();
    ends_.clear();
  }

 private:
  std::string text_;
  std::vector<size_t> ends_;
};

class ReplyReader {
 public:
  // Takes bytes as they come. Answers how many it has taken; the rest, which is short, comes again
  // with what follows it.
  size_t Take(std::string_view bytes);

  uint64_t replies() const { return replies_; }
  uint64_t values() const { return values_; }                  // within them
  const std::string& error() const { return error_; }          // the first one; empty: none
  const std::string& last_line() const { return last_line_; }  // of a reply that is one line

  // From now on ids are kept: what looks like "1700000000000-0" and is a value of its own.
  void KeepIds() { keeps_ids_ = true; }
  IdList& ids() { return ids_; }

 private:
  void EndValue();
  // The bytes that a bulk string takes up with its header, or 0: it is not there as a whole, but
  // has to be.
  size_t TakeBulk(std::string_view bytes, size_t header, int64_t size);

  size_t skip_ = 0;    // of a bulk string's bytes
  uint64_t left_ = 0;  // values missing of the reply that is being read
  uint64_t replies_ = 0;
  uint64_t values_ = 0;
  bool keeps_ids_ = false;
  IdList ids_;
  std::string error_;
  std::string last_line_;
};

}  // namespace evlog::bench

#endif  // EVLOG_BENCH_REPLY_READER_H_
