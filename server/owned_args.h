// A request's arguments that outlive the buffer which they came in.
#ifndef EVLOG_SERVER_OWNED_ARGS_H_
#define EVLOG_SERVER_OWNED_ARGS_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "server/wire/resp_parser.h"

namespace evlog::server {

// Stays where it is: its views are into itself.
class OwnedArgs {
 public:
  explicit OwnedArgs(Args args) {
    size_t bytes = 0;
    for (const std::string_view arg : args) bytes += arg.size();
    bytes_.reserve(bytes);
    views_.reserve(args.size());
    for (const std::string_view arg : args) {
      bytes_.append(arg);
      views_.emplace_back(bytes_.data() + bytes_.size() - arg.size(), arg.size());
    }
  }
  OwnedArgs(const OwnedArgs&) = delete;
  OwnedArgs& operator=(const OwnedArgs&) = delete;

  Args get() const { return views_; }
  // About what it takes in memory.
  size_t memory() const { return bytes_.capacity() + views_.capacity() * sizeof(std::string_view); }

 private:
  std::string bytes_;
  std::vector<std::string_view> views_;
};

}  // namespace evlog::server

#endif  // EVLOG_SERVER_OWNED_ARGS_H_
