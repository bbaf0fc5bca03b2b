/* integer 125 5: linked lists of 20,000 nodes: merge sort, reversal, removal and sums; chains of loads */
#include "kernel.h"
#define N 20000
struct node { struct node *next; u64 key; };
static struct node pool[N];
static struct node *merge(struct node *a, struct node *b)
{
    struct node head, *end = &head;
    while (a && b) {
        struct node **least = a->key <= b->key ? &a : &b;
        end->next = *least, end = *least, *least = end->next;
    }
    end->next = a ? a : b;
    return head.next;
}
static struct node *sort(struct node *list)
{
    struct node *slow = list, *fast = list->next;
    if (!fast) return list;
    while (fast && (fast = fast->next)) slow = slow->next, fast = fast->next;
    struct node *half = slow->next;
    slow->next = 0;
    return merge(sort(list), sort(half));
}
static struct node *reverse(struct node *list)
{
    struct node *back = 0;
    while (list) {
        struct node *next = list->next;
        list->next = back, back = list, list = next;
    }
    return back;
}
static u64 kernel(u64 rounds)
{
    u32 state = 17;
    u64 sum = 0;
    while (rounds--) {
        struct node *list = 0;
        for (int i = 0; i < N; i++) pool[i].key = random_next(&state), pool[i].next = list, list = &pool[i];
        list = sort(list);
        for (int k = 0; k < 40; k++) {
            list = reverse(list);
            for (struct node *n = list; n; n = n->next) sum = sum * 3 + n->key;
            for (struct node **p = &list; *p;) if ((*p)->key % 64 == (u64)k) *p = (*p)->next; else p = &(*p)->next;
        }
    }
    return sum;
}
