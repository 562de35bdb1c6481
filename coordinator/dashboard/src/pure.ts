import { Component, type ComponentChildren, type ComponentType } from 'preact';

/** The component, drawn again only when one of its properties is another value: a fleet of hundreds changes a row at a time. */
export function pure<P extends object>(draw: (props: P) => ComponentChildren): ComponentType<P> {
  return class Pure extends Component<P> {
    override shouldComponentUpdate(next: P): boolean {
      const before = new Map<string, unknown>(Object.entries(this.props));
      return Object.entries(next).some(([name, value]) => !Object.is(before.get(name), value));
    }
    override render(): ComponentChildren {
      return draw(this.props);
    }
  };
}
